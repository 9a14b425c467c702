# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: the vfio-user server with vfu_fake.c for an adapter.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)
find_package(Threads REQUIRED)

file(GLOB SKUA_VFU_SOURCES CONFIGURE_DEPENDS device/vfio-user/*.c)
add_library(vfu_under_test STATIC EXCLUDE_FROM_ALL
  ${SKUA_VFU_SOURCES} tests/unit/vfu_fake.c tests/unit/vfu_peer.c)
target_include_directories(vfu_under_test PUBLIC
  device/vfio-user device/include hwi tests/unit)
target_compile_options(vfu_under_test PUBLIC -std=gnu11 -Wall -Wextra)
target_link_libraries(vfu_under_test PUBLIC
  skua_listen ${CMOCKA_LIBRARY} Threads::Threads)

foreach(_test protocol memory irq hostile)
  add_executable(vfu_${_test} tests/unit/vfu_${_test}.c)
  target_link_libraries(vfu_${_test} vfu_under_test)
  add_test(NAME unit/vfu_${_test} COMMAND vfu_${_test})
  set_tests_properties(unit/vfu_${_test} PROPERTIES TIMEOUT 120)
endforeach()
