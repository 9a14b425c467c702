# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: the preload library with a fake behind it.
add_library(skua_preload_fake MODULE tests/unit/preload_fake.c)
target_compile_definitions(skua_preload_fake PRIVATE _GNU_SOURCE)
target_compile_options(skua_preload_fake PRIVATE
  -std=gnu11 -Wall -Wextra -fvisibility=hidden)
target_link_libraries(skua_preload_fake PRIVATE skua_preload Threads::Threads)
# Beside its sysfs.
set_target_properties(skua_preload_fake PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/user")

add_test(NAME unit/skua_run
  COMMAND tests/unit/skua_run.sh $<TARGET_FILE:skua-run>
    $<TARGET_FILE:skua_preload_fake> "${PROJECT_BINARY_DIR}/user/sysfs"
    "${CMAKE_C_COMPILER}"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/skua_run PROPERTIES TIMEOUT 120)
