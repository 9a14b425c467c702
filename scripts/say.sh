# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# How the front-end speaks: results to stdout, complaints to stderr.

say()
{
	printf '%s\n' "$*"
}

warn()
{
	printf 'skua: %s\n' "$*" >&2
}

die()
{
	warn "$*"
	exit 1
}

# A wrong call is told from a failed run by its exit status.
wrong_call()
{
	warn "$* (see ./skua help)"
	exit 2
}
