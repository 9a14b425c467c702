# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# in_root COMMAND... - run COMMAND inside the build root, in namespaces that
# end with it: no mount and no process stays behind. With AT_REST set it gets the
# time of the CPUs that nobody else wants.

in_root()
{
	setpriv --pdeathsig KILL \
	${AT_REST:+setsid --wait sh "$SKUA_TOP/scripts/at-rest.sh"} \
	unshare --mount --propagation private --pid --fork --kill-child=KILL \
		sh "$SKUA_TOP/scripts/enter.sh" "$ROOT" "$SKUA_TOP" "$SKUA_OUT" "$@"
}
