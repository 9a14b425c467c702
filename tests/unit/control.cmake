# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: the control protocol, with links that are none.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

add_executable(control_link
  tests/unit/control_link.c tests/unit/control_links.c tests/unit/impair_rig.c)
target_include_directories(control_link PRIVATE device/link)
target_compile_options(control_link PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(control_link skua_control ${CMOCKA_LIBRARY})
add_test(NAME unit/control_link COMMAND control_link)

add_executable(control_ipsec
  tests/unit/control_ipsec.c tests/unit/control_sas.c)
target_compile_options(control_ipsec PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(control_ipsec skua_control ${CMOCKA_LIBRARY})
add_test(NAME unit/control_ipsec COMMAND control_ipsec)

add_executable(control_fake
  tests/unit/control_fake.c tests/unit/control_links.c tests/unit/control_sas.c
  tests/unit/impair_rig.c)
target_include_directories(control_fake PRIVATE device/link)
target_compile_options(control_fake PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(control_fake
  skua_control skua_listen ${CMOCKA_LIBRARY})
add_test(NAME unit/skuactl_link
  COMMAND tests/unit/skuactl_link.sh $<TARGET_FILE:skuactl>
    $<TARGET_FILE:control_fake>
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/skuactl_link PROPERTIES TIMEOUT 120)
add_test(NAME unit/skuactl_ipsec
  COMMAND tests/unit/skuactl_ipsec.sh $<TARGET_FILE:skuactl>
    $<TARGET_FILE:control_fake>
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/skuactl_ipsec PROPERTIES TIMEOUT 120)
