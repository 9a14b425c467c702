# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

usage_run()
{
	cat <<-END
	./skua run [--] PROGRAM   a program with Skua devices, no guest, no driver

	./skua run [--user NAME] [OPTION of skua-run...] [--] PROGRAM [ARGUMENT...]

	  --user NAME             run it as this user (for root)
	  --devices N             this many devices, 1 to 8
	  --address ADDRESS[@skuaN]
	                          in place of the addresses of the machine
	  --share user|group|all  whose processes it may connect with
	  --link udp:ADDRESS      send RoCEv2 from this address of the machine, or
	  --link shm:NAME         to another program here that names the same
	  --impair FILE           lose, damage or delay packets, as rules say
	  --cc NAME=VALUE         of congestion control; on, off
	  --recovery HOW          selective, or go-back-n as other adapters
	  --capture FILE          write the packets to a file, for Wireshark

	PROGRAM finds the RDMA devices skua0... of user mode and reaches those of
	other such programs on this machine, or with a link who is at its other end;
	./skua run -- ibv_devinfo shows them. skua-run(1) tells more of the options.
	It sees /usr and /etc of the build root, with the stock RDMA programs in
	them; everything else is this machine's, and the users, the current
	directory and the environment are as they were. Called through sudo, it is
	run as the user who called. Without root this works once root has made the
	build root (./skua build) and where the kernel grants user namespaces.
	Signals reach PROGRAM and its exit status is returned; 125 to 127 are
	skua-run's own, as those of env(1).
	END
}

# The options go on to skua-run, which checks them; here it matters only where
# they end.
cmd_run()
{
	run_left=$# run_user=
	while [ "$run_left" -gt 0 ]; do
		case $1 in
		--)
			break ;;
		-h | --help)
			usage_run
			return ;;
		--user | -u)
			[ "$run_left" -gt 1 ] || wrong_call "$1 needs a name"
			run_user=$2
			shift 2
			run_left=$((run_left - 2)) ;;
		--user=?*)
			run_user=${1#--user=}
			shift
			run_left=$((run_left - 1)) ;;
		--devices | --address | --share | --link | --impair | --capture | --cc | --recovery | -[naslicCr])
			[ "$run_left" -gt 1 ] || wrong_call "$1 needs a value"
			set -- "$@" "$1" "$2"
			shift 2
			run_left=$((run_left - 2)) ;;
		--*=* | -[naslicCr]?*)
			set -- "$@" "$1"
			shift
			run_left=$((run_left - 1)) ;;
		-*)
			wrong_call "run does not know $1" ;;
		*)
			break ;;
		esac
	done
	# Options now stand behind the program: turn once more.
	if [ "$run_left" -gt 0 ] && [ "$1" = -- ]; then
		shift
		run_left=$((run_left - 1))
	fi
	[ "$run_left" -gt 0 ] || wrong_call "run needs a program"
	set -- "$@" --
	while [ "$run_left" -gt 0 ]; do
		set -- "$@" "$1"
		shift
		run_left=$((run_left - 1))
	done
	run_program "$@"
}

# hold_own_namespaces - those in which a program of this user already sees the
# build root, as descriptors 7 and 8, which keep them; false: there are none.
# shellcheck disable=SC3013 # -ef is of POSIX since 2024, and older in any sh
hold_own_namespaces()
{
	for run_proc in /proc/[0-9]*; do
		if [ -O "$run_proc" ] && [ "$run_proc/root/" -ef / ] &&
			[ "$run_proc/root/usr" -ef "$ROOT/usr" ] &&
			[ ! "$run_proc/ns/user" -ef /proc/self/ns/user ] &&
			{ command exec 7<"$run_proc/ns/user" 8<"$run_proc/ns/mnt"; } 2>/dev/null
		then
			return
		fi
	done
	return 1
}

# run_program OPTION... -- PROGRAM ARGUMENT... - become the program: no process
# stays in between, and the next ./skua need not wait.
run_program()
{
	if [ "$(id -u)" -eq 0 ]; then
		find_out
		run_prepare
		: "${run_user:=${SUDO_USER:-}}"
		[ -z "$run_user" ] || id -u "$run_user" >/dev/null 2>&1 ||
			wrong_call "no such user: $run_user"
		exec unshare --mount --propagation private \
			sh "$SKUA_TOP/scripts/over.sh" "$ROOT" "$run_user" "$@"
	fi
	[ -z "$run_user" ] || wrong_call "--user is for root"
	[ -s "$SKUA_OUT/stamp/packages" ] ||
		die "nothing is built yet in $SKUA_OUT: root has to call ./skua build once"
	find_out
	packages_fresh ||
		warn "$SKUA_OUT is older than the sources; ./skua build renews it"
	unshare --user --map-current-user --mount true 2>/dev/null ||
		die "the kernel gives no user namespace to this user: call it as root or by sudo"
	# To the kernel programs of two user namespaces are strangers, who may not
	# reach each other's memory: all that is sent would be copied twice.
	if hold_own_namespaces; then
		exec nsenter --user=/proc/self/fd/7 --mount=/proc/self/fd/8 \
			--preserve-credentials sh -c \
			'cd "$0" && exec skua-run "$@" 7<&- 8<&-' "$PWD" "$@"
	fi
	exec unshare --user --map-current-user --keep-caps \
		--mount --propagation slave \
		sh "$SKUA_TOP/scripts/over.sh" "$ROOT" "" "$@"
}

# What is there is not even locked: two programs that are to talk start at once.
run_prepare()
{
	if ! packages_fresh; then
		check_host
		lock_out
		prepare_root >&2
		prepare_packages >&2
		exec 9>&-
	fi
	unshare --mount true 2>/dev/null ||
		die "may not make a mount namespace here (a container without CAP_SYS_ADMIN?)"
}
