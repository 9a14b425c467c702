# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: a function among processes that mean no good.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

add_executable(peer_hostile tests/unit/peer_hostile.c)
target_include_directories(peer_hostile PRIVATE device)
target_compile_definitions(peer_hostile PRIVATE _GNU_SOURCE)
target_compile_options(peer_hostile PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(peer_hostile skua_device ${CMOCKA_LIBRARY})
add_test(NAME unit/peer_hostile COMMAND peer_hostile)
