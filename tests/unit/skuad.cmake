# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Included at the top: the programs skuad and skuactl from outside.
add_test(NAME unit/skuad_program
  COMMAND tests/unit/skuad_program.sh $<TARGET_FILE:skuad>
    $<TARGET_FILE:skuactl>
  WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
set_tests_properties(unit/skuad_program PROPERTIES TIMEOUT 120)
