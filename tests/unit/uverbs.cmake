# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top, behind user/: its parts without the preloading.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

add_executable(uverbs_input tests/unit/uverbs_input.c
  $<TARGET_OBJECTS:skua_preload>)
target_include_directories(uverbs_input PRIVATE kernel-uapi)
target_compile_options(uverbs_input PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(uverbs_input
  skua_user_engine skua_uverbs skua_cm ${CMOCKA_LIBRARY})
add_test(NAME unit/uverbs_input COMMAND uverbs_input)
