# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The addresses of the guest, and how each pair of ports comes by them.
#
#         this namespace          namespace "peer"
# skua    192.0.2.1  fd00:2::1    192.0.2.2  fd00:2::2
# rxe     192.0.3.1  fd00:3::1    192.0.3.2  fd00:3::2

# A prefix and no function: "$PEER program &" then is the program itself, with
# its process ID and its namespaces.
PEER="ip netns exec peer"

# addresses HERE PEER NET - give both ends of network NET their addresses.
addresses()
{
	ip link set "$2" netns peer
	ip addr add "192.0.$3.1/24" dev "$1"
	ip addr add "fd00:$3::1/64" dev "$1" nodad
	ip link set "$1" up
	ip -n peer addr add "192.0.$3.2/24" dev "$2"
	ip -n peer addr add "fd00:$3::2/64" dev "$2" nodad
	ip -n peer link set "$2" up
}

# MTU 4500 lets RoCE have its largest path MTU, 4096.
setup_rxe()
{
	modprobe rdma_rxe
	ip link add veth0 mtu 4500 type veth peer name veth1 mtu 4500
	addresses veth0 veth1 3
	rdma link add rxe0 type rxe netdev veth0
	$PEER rdma link add rxe1 type rxe netdev veth1
}

# skua_netdev N - the netdev of RDMA device skuaN.
skua_netdev()
{
	for net in /sys/class/infiniband/"skua$1"/device/net/*; do
		if [ -e "$net" ]; then
			basename "$net"
			return
		fi
	done
	return 1
}

setup_skua()
{
	modprobe -a skua_eth skua_ib || return
	skua_here=$(skua_netdev 0) && skua_there=$(skua_netdev 1) || return
	addresses "$skua_here" "$skua_there" 2
}

# setup_one_skua NUMBER - of guest NUMBER: the addresses of here or of the other.
setup_one_skua()
{
	modprobe -a skua_eth skua_ib || return
	skua_here=$(skua_netdev 0) || return
	ip addr add "192.0.2.$(($1 + 1))/24" dev "$skua_here"
	ip addr add "fd00:2::$(($1 + 1))/64" dev "$skua_here" nodad
	ip link set "$skua_here" up
}

# gid_index DEVICE - the RoCE v2 GID of the device's IPv4 address.
gid_index()
{
	for gid in /sys/class/infiniband/"$1"/ports/1/gids/*; do
		index=$(basename "$gid")
		type=$(cat "/sys/class/infiniband/$1/ports/1/gid_attrs/types/$index" 2>/dev/null)
		case $(cat "$gid") in
		0000:0000:0000:0000:0000:ffff:*)
			if [ "$type" = "RoCE v2" ]; then
				echo "$index"
				return
			fi ;;
		esac
	done
	return 1
}
