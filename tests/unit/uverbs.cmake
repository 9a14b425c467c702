# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top, behind user/: its parts without the preloading.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test uverbs_input uverbs_memory cm_input user_arena)
  add_executable(${_test} tests/unit/${_test}.c $<TARGET_OBJECTS:skua_preload>)
  target_include_directories(${_test} PRIVATE kernel-uapi hwi user)
  target_compile_definitions(${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(${_test}
    skua_user_engine skua_uverbs skua_cm ${CMOCKA_LIBRARY})
  add_test(NAME unit/${_test} COMMAND ${_test})
endforeach()

target_link_options(uverbs_memory PRIVATE LINKER:--wrap=skua_user_cmd)
