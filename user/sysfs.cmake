# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The files of sysfs and /dev that user mode shows to programs: sysfs/COUNT is
# the root for so many devices. The devices themselves are in sysfs/devices,
# with the symbolic links that the kernel has.

set(sysfs "${CMAKE_CURRENT_BINARY_DIR}/sysfs")
set(max_devices 8)	# SKUA_USER_MAX_DEVICES
set(max_gid 128)	# SKUA_HWI_MAX_GID
file(REMOVE_RECURSE "${sysfs}")

function(sysfs_file name text)
  file(WRITE "${sysfs}/${name}" "${text}\n")
endfunction()

function(sysfs_link name target)
  get_filename_component(folder "${sysfs}/${name}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  file(CREATE_LINK "${target}" "${sysfs}/${name}" SYMBOLIC)
endfunction()

# What the entries of the tables say is up to the process (preload/text.c).
math(EXPR last "${max_gid} - 1")
foreach(entry RANGE ${last})
  file(WRITE "${sysfs}/table/${entry}" "")
endforeach()

# Those of the transport (preload/text.c), as sysfs of the kernel has them.
set(counters "${PROJECT_SOURCE_DIR}/device/include/skua_counters.h")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${counters}")
file(READ "${counters}" counters)
string(REGEX REPLACE ".*skua_rdma_counter_name" "" counters "${counters}")
string(REGEX MATCHALL "\"[a-z_]+\"" counters "${counters}")

function(sysfs_pci path)
  sysfs_file("${path}/class" "0x020000")
  sysfs_file("${path}/device" "0x10f5")
  sysfs_file("${path}/modalias"
    "pci:v00001AF4d000010F5sv00001AF4sd00000000bc02sc00i00")
  sysfs_file("${path}/numa_node" "-1")
  sysfs_file("${path}/revision" "0x01")
  sysfs_file("${path}/subsystem_device" "0x0000")
  sysfs_file("${path}/subsystem_vendor" "0x1af4")
  sysfs_file("${path}/uevent" "DRIVER=skua\nPCI_CLASS=20000\nPCI_ID=1AF4:10F5")
  sysfs_file("${path}/vendor" "0x1af4")
  # The adapter has the addresses of all interfaces of the machine.
  sysfs_link("${path}/net" "/sys/class/net")
endfunction()

function(sysfs_port path)
  sysfs_file("${path}/cap_mask" "0x00010000")
  foreach(counter ${counters})
    string(REPLACE "\"" "" counter "${counter}")
    file(WRITE "${sysfs}/${path}/hw_counters/${counter}" "")
  endforeach()
  sysfs_file("${path}/lid" "0x0")
  sysfs_file("${path}/lid_mask_count" "0")
  sysfs_file("${path}/link_layer" "Ethernet")
  sysfs_file("${path}/phys_state" "5: LinkUp")
  sysfs_file("${path}/pkeys/0" "0xffff")
  sysfs_file("${path}/rate" "100 Gb/sec (4X EDR)")
  sysfs_file("${path}/sm_lid" "0x0")
  sysfs_file("${path}/sm_sl" "0")
  sysfs_file("${path}/state" "4: ACTIVE")
  set(up "../../../../../../../table")
  sysfs_link("${path}/gids" "${up}")
  sysfs_link("${path}/gid_attrs/ndevs" "../${up}")
  sysfs_link("${path}/gid_attrs/types" "../${up}")
endfunction()

function(sysfs_device index)
  set(pci "devices/skua/5341:00:0${index}.0")
  set(path "${pci}/infiniband/skua${index}")
  sysfs_pci("${pci}")
  # EUI-64 of the MAC 02:53:4b:55:41:INDEX (identity.c)
  set(guid "0053:4bff:fe55:410${index}")
  sysfs_file("${path}/board_id" "skua")
  sysfs_link("${path}/device" "../..")
  sysfs_file("${path}/fw_ver" "${PROJECT_VERSION}")
  sysfs_file("${path}/hca_type" "skua")
  sysfs_file("${path}/hw_rev" "0x1")
  sysfs_file("${path}/node_desc" "skua${index}")
  sysfs_file("${path}/node_guid" "${guid}")
  sysfs_file("${path}/node_type" "1: CA")
  sysfs_file("${path}/sys_image_guid" "${guid}")
  sysfs_file("${path}/uevent" "NAME=skua${index}")
  sysfs_port("${path}/ports/1")

  set(path "${pci}/infiniband_verbs/uverbs${index}")
  math(EXPR minor "192 + ${index}")
  sysfs_file("${path}/abi_version" "1")
  sysfs_file("${path}/dev" "231:${minor}")
  sysfs_link("${path}/device" "../..")
  sysfs_file("${path}/ibdev" "skua${index}")
  sysfs_file("${path}/uevent"
    "MAJOR=231\nMINOR=${minor}\nDEVNAME=infiniband/uverbs${index}")
endfunction()

function(sysfs_root count)
  sysfs_link("${count}/devices" "../devices")
  sysfs_file("${count}/class/infiniband_verbs/abi_version" "6")
  sysfs_file("${count}/class/misc/rdma_cm/abi_version" "4")
  sysfs_file("${count}/class/misc/rdma_cm/dev" "10:120")
  file(WRITE "${sysfs}/${count}/dev/infiniband/rdma_cm" "")
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    set(pci "../../devices/skua/5341:00:0${i}.0")
    sysfs_link("${count}/class/infiniband/skua${i}"
      "${pci}/infiniband/skua${i}")
    sysfs_link("${count}/class/infiniband_verbs/uverbs${i}"
      "${pci}/infiniband_verbs/uverbs${i}")
    file(WRITE "${sysfs}/${count}/dev/infiniband/uverbs${i}" "")
  endforeach()
endfunction()

foreach(count RANGE 1 ${max_devices})
  math(EXPR index "${count} - 1")
  sysfs_device(${index})
  sysfs_root(${count})
endforeach()
install(DIRECTORY "${sysfs}" DESTINATION "${SKUA_USER_DIR}")
