# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: device/wire by itself.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test crc icrc round parse vectors)
  add_executable(wire_${_test} tests/unit/wire_${_test}.c)
  target_include_directories(wire_${_test} PRIVATE device device/nic)
  target_compile_definitions(wire_${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(wire_${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(wire_${_test} skua_device ${CMOCKA_LIBRARY})
endforeach()

foreach(_test crc icrc round parse)
  add_test(NAME unit/wire_${_test} COMMAND wire_${_test})
endforeach()

set(_vectors "${PROJECT_SOURCE_DIR}/tests/vectors")
add_test(NAME unit/wire_vectors COMMAND
  wire_vectors "${_vectors}/rxe.pcap" "${_vectors}/rxe.fields")

# The other way round, where tshark is installed.
add_test(NAME unit/wire_tshark COMMAND
  sh "${PROJECT_SOURCE_DIR}/tests/unit/wire_tshark.sh"
  $<TARGET_FILE:wire_round> $<TARGET_FILE:wire_vectors>)
set_tests_properties(unit/wire_tshark PROPERTIES
  SKIP_RETURN_CODE 77 TIMEOUT 120)
