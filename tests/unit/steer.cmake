# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: device/steer by itself.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

add_executable(steer_flow tests/unit/steer_flow.c)
target_include_directories(steer_flow PRIVATE device device/nic)
target_compile_options(steer_flow PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(steer_flow skua_device ${CMOCKA_LIBRARY})
add_test(NAME unit/steer_flow COMMAND steer_flow)
