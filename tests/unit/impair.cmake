# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: impairment and capture of links by themselves.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test impair_rule impair_fate impair_wait impair_scripts capture)
  add_executable(${_test} tests/unit/${_test}.c tests/unit/impair_rig.c)
  target_include_directories(${_test} PRIVATE device/link)
  target_compile_definitions(${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(${_test} skua_device ${CMOCKA_LIBRARY})
  set(_argument)
  if(_test STREQUAL impair_scripts)
    set(_argument "${PROJECT_SOURCE_DIR}/tests/impair")
  endif()
  add_test(NAME unit/${_test} COMMAND ${_test} ${_argument})
  set_tests_properties(unit/${_test} PROPERTIES TIMEOUT 120)
endforeach()

# What a stock program reads in a capture.
add_executable(capture_make tests/unit/capture_make.c tests/unit/impair_rig.c)
target_include_directories(capture_make PRIVATE device/link)
target_compile_options(capture_make PRIVATE -std=gnu11 -Wall -Wextra)
target_link_libraries(capture_make skua_device ${CMOCKA_LIBRARY})
add_test(NAME unit/capture_tshark
  COMMAND tests/unit/capture_tshark.sh $<TARGET_FILE:capture_make>
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/capture_tshark PROPERTIES
  TIMEOUT 120 SKIP_RETURN_CODE 77)
