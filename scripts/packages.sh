# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The Debian packages of the checkout, built and installed in the build root:
# the guest gets Skua as every user does.

# All that can change a package; front-end, guests and prose cannot.
package_files()
{
	source_files | grep -z -v -E '^(skua|README\.md|(scripts|perf|tests|\.ci)/.*)$'
}

copy_source()
{
	rm -rf "$SKUA_OUT/package"
	mkdir -p "$SKUA_OUT/package/skua"
	(cd "$SKUA_TOP" && source_files | existing_files |
		tar -c --null -T - -f -) | tar -x -C "$SKUA_OUT/package/skua" -f -
}

make_packages()
{
	copy_source
	in_root sh /skua/src/scripts/make-packages.sh "$(guest_kernel)"
}

prepare_packages()
{
	[ -e "$SKUA_TOP/debian/changelog" ] || return 0
	note_time packages
	package_inputs=$(package_files | hash_files)
	if ! stamped packages "$package_inputs"; then
		unstamp packages
		step packages "building and installing the packages" make_packages
		stamp packages "$package_inputs"
	fi
	checked packages
}

# packages_fresh - whether nothing in the checkout is younger than the packages
# were when they were last seen to be made of it: without reading a file.
packages_fresh()
{
	[ -s "$SKUA_OUT/stamp/packages" ] && unchanged_since packages
}
