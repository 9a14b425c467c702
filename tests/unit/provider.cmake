# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top, behind cmake/rdma_core_oot.cmake. The provider is
# compiled in: its functions are not exported, and the uverbs commands that it
# gives are taken by provider_fake.c.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

file(GLOB SKUA_PROVIDER_SOURCES CONFIGURE_DEPENDS providers/skua/*.c)
add_library(provider_under_test STATIC EXCLUDE_FROM_ALL
  ${SKUA_PROVIDER_SOURCES} tests/unit/provider_fake.c)
target_include_directories(provider_under_test PUBLIC
  providers/skua tests/unit)
target_link_libraries(provider_under_test PUBLIC
  ${CMOCKA_LIBRARY} ${COMMON_LIBS_PIC} ibverbs ${CMAKE_THREAD_LIBS_INIT})
foreach(_cmd alloc_pd dealloc_pd create_ah destroy_ah create_cq_ex destroy_cq
    create_srq destroy_srq create_qp_ex2 modify_qp destroy_qp)
  target_link_options(provider_under_test PUBLIC
    "LINKER:--wrap=ibv_cmd_${_cmd}")
endforeach()

foreach(_test send wr recv cq)
  add_executable(provider_${_test} tests/unit/provider_${_test}.c)
  target_link_libraries(provider_${_test} provider_under_test)
  add_test(NAME unit/provider_${_test} COMMAND provider_${_test})
endforeach()

# It builds the same thing with or without sanitizers here.
if(NOT SKUA_SANITIZE)
  add_test(NAME intree
    COMMAND tests/intree.sh "${RDMA_CORE_SRC}"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_tests_properties(intree PROPERTIES COST 100)
endif()
