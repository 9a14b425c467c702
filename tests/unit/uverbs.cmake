# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top, behind user/: its parts without the preloading.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test uverbs_input uverbs_memory uverbs_queues uverbs_methods
    uverbs_flow cm_connect cm_hostile cm_input cm_trouble cm_wire user_arena
    user_alone)
  add_executable(${_test} tests/unit/${_test}.c $<TARGET_OBJECTS:skua_preload>)
  target_include_directories(${_test} PRIVATE
    kernel-uapi kernel/include hwi user device/nic)
  target_compile_definitions(${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(${_test}
    skua_user_engine skua_uverbs skua_cm ${CMOCKA_LIBRARY})
  add_test(NAME unit/${_test} COMMAND ${_test})
endforeach()

foreach(_test uverbs_queues uverbs_methods uverbs_flow)
  target_sources(${_test} PRIVATE tests/unit/uverbs_client.c)
endforeach()

target_link_options(uverbs_memory PRIVATE LINKER:--wrap=skua_user_cmd)

foreach(_test translate translate_flow)
  add_executable(${_test} tests/unit/${_test}.c)
  target_include_directories(${_test} PRIVATE kernel-uapi kernel/include hwi)
  target_compile_options(${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(${_test} ${CMOCKA_LIBRARY})
  add_test(NAME unit/${_test} COMMAND ${_test})
endforeach()

# Its clock is fast: what others take of the processors counts five times.
set_tests_properties(unit/cm_trouble PROPERTIES RUN_SERIAL TRUE)

foreach(_test cm_connect cm_hostile cm_trouble cm_wire)
  target_sources(${_test} PRIVATE tests/unit/cm_calls.c)
endforeach()
target_link_options(cm_trouble PRIVATE
  LINKER:--wrap=clock_gettime,--wrap=timerfd_settime)
target_link_options(cm_wire PRIVATE
  LINKER:--wrap=skua_user_gsi_create,--wrap=skua_user_gsi_fd
  LINKER:--wrap=skua_user_gsi_receive,--wrap=skua_user_gsi_send
  LINKER:--wrap=skua_uverbs_start,--wrap=skua_user_mtu)

add_executable(cm_mad tests/unit/cm_mad.c user/cm/mad.c)
target_include_directories(cm_mad PRIVATE user)
target_compile_options(cm_mad PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(cm_mad ${CMOCKA_LIBRARY})
add_test(NAME unit/cm_mad COMMAND cm_mad)
