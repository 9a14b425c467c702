# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: device/ipsec by itself.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

foreach(_test aead replay sa round lies kernel)
  add_executable(ipsec_${_test} tests/unit/ipsec_${_test}.c
    tests/unit/ipsec_frames.c tests/unit/ipsec_hex.c)
  target_include_directories(ipsec_${_test} PRIVATE device device/nic)
  target_compile_definitions(ipsec_${_test} PRIVATE _GNU_SOURCE)
  target_compile_options(ipsec_${_test} PRIVATE -std=gnu11 -Wall -Wextra)
  target_link_libraries(ipsec_${_test} skua_device ${CMOCKA_LIBRARY})
endforeach()

foreach(_test aead replay sa round lies)
  add_test(NAME unit/ipsec_${_test} COMMAND ipsec_${_test})
endforeach()

add_test(NAME unit/ipsec_kernel COMMAND
  ipsec_kernel "${PROJECT_SOURCE_DIR}/tests/vectors/xfrm.pcap")
