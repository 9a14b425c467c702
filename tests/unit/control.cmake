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
