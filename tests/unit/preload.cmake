# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: the preload library with a fake behind it.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

add_library(skua_preload_fake MODULE tests/unit/preload_fake.c)
target_compile_definitions(skua_preload_fake PRIVATE _GNU_SOURCE)
target_compile_options(skua_preload_fake PRIVATE
  -std=gnu11 -Wall -Wextra -fvisibility=hidden)
target_link_libraries(skua_preload_fake PRIVATE skua_preload Threads::Threads)
# Beside its sysfs.
set_target_properties(skua_preload_fake PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/user")

function(skua_user_test name)
  add_executable(${name} tests/unit/${name}.c ${ARGN})
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  target_compile_options(${name} PRIVATE -std=gnu11 -Wall -Wextra)
  target_include_directories(${name} PRIVATE user hwi device/include tests/unit)
  target_link_libraries(${name} PRIVATE ${CMOCKA_LIBRARY} Threads::Threads)
  add_test(NAME unit/${name} COMMAND ${name})
  set_tests_properties(unit/${name} PROPERTIES TIMEOUT 120)
endfunction()

skua_user_test(user_identity user/config.c user/identity.c)

set(preload $<TARGET_FILE:skua_preload_fake>)
if(SKUA_SANITIZE)
  # The loader finds it by this name, and it has to be the first.
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libasan.so
    OUTPUT_VARIABLE asan OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(preload "${asan}:${preload}")
endif()
set(preload_tests preload_files preload_paths)
if(RDMA_CORE_SRC)
  list(APPEND preload_tests preload_dlopen)
endif()
foreach(name ${preload_tests})
  skua_user_test(${name})
  set_tests_properties(unit/${name} PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT
    "LD_PRELOAD=${preload};IBV_DRIVERS=${PROJECT_BINARY_DIR}/lib/libskua;SKUA_USER=devices=2,address=10.0.0.1,address=fe80::1@skua1")
endforeach()

add_test(NAME unit/skua_run
  COMMAND tests/unit/skua_run.sh $<TARGET_FILE:skua-run>
    $<TARGET_FILE:skua_preload_fake> "${PROJECT_BINARY_DIR}/user/sysfs"
    "${CMAKE_C_COMPILER}"
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/skua_run PROPERTIES TIMEOUT 120)

foreach(library skua_preload_fake skua_user)
  add_test(NAME unit/preload_exports/${library}
    COMMAND tests/unit/preload_exports.sh $<TARGET_FILE:${library}>
      "${CMAKE_C_COMPILER}"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
endforeach()
