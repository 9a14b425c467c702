# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: links, each between two ends.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test shm udp uplink impaired kernel watch)
  add_executable(link_${_test} tests/unit/link_${_test}.c
    tests/unit/link_ends.c tests/unit/link_roce.c)
  target_include_directories(link_${_test} PRIVATE device)
  target_compile_definitions(link_${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(link_${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(link_${_test} skua_device ${CMOCKA_LIBRARY})
  add_test(NAME unit/link_${_test} COMMAND link_${_test})
  set_tests_properties(unit/link_${_test} PROPERTIES TIMEOUT 120)
endforeach()
set_tests_properties(unit/link_kernel PROPERTIES
  SKIP_REGULAR_EXPRESSION "SKIPPED, all of them")

add_executable(link_neigh tests/unit/link_neigh.c device/link/neigh.c
  device/wire/sum.c)
target_include_directories(link_neigh PRIVATE
  device device/link device/nic device/include hwi)
target_compile_definitions(link_neigh PRIVATE _GNU_SOURCE)
target_compile_options(link_neigh PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(link_neigh ${CMOCKA_LIBRARY})
add_test(NAME unit/link_neigh COMMAND link_neigh)
