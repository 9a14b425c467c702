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

# wire_netdev SLOT KIND - name the netdev of the function in this slot after its
# kind of link.
wire_netdev()
{
	for net in /sys/bus/pci/devices/0000:00:"$1".0/net/* \
		/sys/bus/pci/devices/0000:00:"$1".0/*/net/*; do
		if [ -e "$net" ]; then
			ip link set "$(basename "$net")" name "$2" mtu 9000
			return
		fi
	done
	return 1
}

# wire_up DEVICE NET NUMBER - its addresses there, in guest NUMBER.
wire_up()
{
	ip addr add "192.0.$2.$(($3 + 1))/24" dev "$1"
	ip addr add "fd00:$2::$(($3 + 1))/64" dev "$1" nodad
	ip link set "$1" up
}

# setup_wires NUMBER KIND... - of guest NUMBER, which has functions on links of
# these kinds and a NIC that is none of ours, with rxe (tests/vm/wires.py):
#
# shm, udp, tap, packet    networks 10, 11, 12, 13; where there are fewer, the first
# nic                      network 20, and with the TAP link of the other 21
setup_wires()
{
	wires_number=$1 wires_slot=16 wires_net=10
	shift
	modprobe -a virtio_net skua_eth skua_ib rdma_rxe || return
	# Two of its interfaces are on one bridge: each answers for itself alone.
	sysctl -q net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	for wires_kind; do
		wire_netdev "$(printf %x $wires_slot)" "$wires_kind" || return
		wire_up "$wires_kind" $wires_net "$wires_number"
		wires_slot=$((wires_slot + 1)) wires_net=$((wires_net + 1))
	done
	# Nobody answers ARP on a link of UDP datagrams.
	[ ! -e /sys/class/net/udp ] || ip neigh replace "192.0.11.$((2 - wires_number))" dev udp nud permanent \
		lladdr "02:00:c0:00:0b:0$((2 - wires_number))"
	wire_netdev 08 nic || return
	wire_up nic 20 "$wires_number"
	rdma link add rxe0 type rxe netdev nic
	wires_with=tap
	[ "$wires_number" -eq 0 ] || wires_with=nic
	[ ! -e /sys/class/net/$wires_with ] ||
		wire_up $wires_with 21 "$wires_number"
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
