# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: parts of device/nic by themselves.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test slab table timer)
  add_executable(nic_${_test} tests/unit/nic_${_test}.c)
  target_include_directories(nic_${_test} PRIVATE device device/nic)
  target_compile_options(nic_${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(nic_${_test} skua_device ${CMOCKA_LIBRARY})
  add_test(NAME unit/nic_${_test} COMMAND nic_${_test})
endforeach()
