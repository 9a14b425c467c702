# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: parts of device/rdma by themselves.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test psn copy score)
  add_executable(rdma_${_test} tests/unit/rdma_${_test}.c)
  target_include_directories(rdma_${_test} PRIVATE device device/nic)
  target_compile_options(rdma_${_test} PRIVATE -Wall -Wextra)
  target_link_libraries(rdma_${_test} skua_device ${CMOCKA_LIBRARY})
  add_test(NAME unit/rdma_${_test} COMMAND rdma_${_test})
endforeach()
