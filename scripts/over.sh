#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# over.sh ROOT USER ARGUMENT... - run skua-run with /usr and /etc of ROOT over
# those of this machine. Called in a mount namespace of its own (cmd-run.sh).
#
# Only what programs are made of is replaced. Processes, sockets, shared memory
# and files of the people here are the machine's own, so that two programs that
# were started this way find each other and see what their users see.

set -e
root=$1 user=$2
shift 2

# The people and the names of this machine.
for file in passwd group hosts hostname resolv.conf; do
	if [ -e "/etc/$file" ] && [ -f "$root/etc/$file" ]; then
		mount --bind "/etc/$file" "$root/etc/$file"
	fi
done
mount --rbind "$root/etc" /etc
mount --bind "$root/usr" /usr

# A user namespace has given rights for the above, and for no more.
if [ "$(id -u)" -ne 0 ]; then
	exec setpriv --ambient-caps=-all --inh-caps=-all skua-run "$@"
fi
[ -n "$user" ] || exec skua-run "$@"
HOME=$(getent passwd "$user" | cut -d : -f 6) USER=$user LOGNAME=$user
export HOME USER LOGNAME
exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
	skua-run "$@"
