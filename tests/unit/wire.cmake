# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: device/wire by itself.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test icrc round parse)
  add_executable(wire_${_test} tests/unit/wire_${_test}.c)
  target_include_directories(wire_${_test} PRIVATE device device/nic)
  target_compile_definitions(wire_${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(wire_${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(wire_${_test} skua_device ${CMOCKA_LIBRARY})
  add_test(NAME unit/wire_${_test} COMMAND wire_${_test})
endforeach()
