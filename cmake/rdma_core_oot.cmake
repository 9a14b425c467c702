# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Builds providers/ outside of rdma-core, linked against the libibverbs that is
# installed. RDMA_CORE_SRC names a source tree of the version that is
# installed: it gives the private headers, two helper archives and the cmake
# functions that a provider's CMakeLists.txt calls, so that the folder stays as
# it would be inside of rdma-core.

set(RDMA_CORE_BUILD "${CMAKE_BINARY_DIR}/rdma-core" CACHE PATH
  "rdma-core build tree; configured and built here as far as needed")

# The provider must say the same private ABI as the installed library.
foreach(_name PACKAGE_VERSION IBVERBS_PABI_VERSION)
  file(STRINGS "${RDMA_CORE_SRC}/CMakeLists.txt" _line
    REGEX "^set\\(${_name} \"" LIMIT_COUNT 1)
  if(NOT _line MATCHES "\"(.+)\"")
    message(FATAL_ERROR "${RDMA_CORE_SRC} has no ${_name}: not rdma-core?")
  endif()
  set(${_name} "${CMAKE_MATCH_1}")
endforeach()
message(STATUS
  "rdma-core ${PACKAGE_VERSION}, private ABI ${IBVERBS_PABI_VERSION}")

# Its generated headers: config.h while configuring, the rest by kern-abi.
function(rdma_core_step)
  execute_process(COMMAND ${CMAKE_COMMAND} ${ARGN}
    OUTPUT_FILE "${CMAKE_BINARY_DIR}/rdma-core.log"
    ERROR_FILE "${CMAKE_BINARY_DIR}/rdma-core.log"
    RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR
      "rdma-core: cmake ${ARGN} failed, see ${CMAKE_BINARY_DIR}/rdma-core.log")
  endif()
endfunction()

if(NOT EXISTS "${RDMA_CORE_BUILD}/include/config.h")
  rdma_core_step(-S "${RDMA_CORE_SRC}" -B "${RDMA_CORE_BUILD}" -Wno-dev
    -DNO_MAN_PAGES=1 -DNO_PYVERBS=1 -DCMAKE_INSTALL_PREFIX=/usr
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON)
endif()
rdma_core_step(--build "${RDMA_CORE_BUILD}"
  --target kern-abi ccan_pic rdma_util_pic)

# What buildlib's functions expect their caller to have set.
include(GNUInstallDirs)
find_package(Threads REQUIRED)
find_package(Python 3 REQUIRED COMPONENTS Interpreter)
set(PYTHON_EXECUTABLE "${Python_EXECUTABLE}")
set(BUILDLIB "${RDMA_CORE_SRC}/buildlib")
set(BUILD_INCLUDE "${CMAKE_BINARY_DIR}/include")
set(BUILD_LIB "${CMAKE_BINARY_DIR}/lib")
set(BUILD_STATIC_LIB "${BUILD_LIB}/statics")
set(BUILD_ETC "${CMAKE_BINARY_DIR}/etc")
set(IBVERBS_PROVIDER_SUFFIX "-rdmav${IBVERBS_PABI_VERSION}.so")
set(CONFIG_DIR "${CMAKE_INSTALL_FULL_SYSCONFDIR}/libibverbs.d")
set(VERBS_PROVIDER_DIR "${CMAKE_INSTALL_FULL_LIBDIR}/libibverbs")
include("${BUILDLIB}/publish_headers.cmake")
include("${BUILDLIB}/rdma_functions.cmake")

# What a provider links with.
find_library(IBVERBS_LIBRARY ibverbs REQUIRED)
add_library(ibverbs SHARED IMPORTED GLOBAL)
set_target_properties(ibverbs PROPERTIES
  IMPORTED_LOCATION "${IBVERBS_LIBRARY}")
add_library(ccan_pic STATIC IMPORTED GLOBAL)
set_target_properties(ccan_pic PROPERTIES
  IMPORTED_LOCATION "${RDMA_CORE_BUILD}/ccan/libccan_pic.a")
add_library(rdma_util_pic STATIC IMPORTED GLOBAL)
set_target_properties(rdma_util_pic PROPERTIES
  IMPORTED_LOCATION "${RDMA_CORE_BUILD}/util/librdma_util_pic.a")

# Our two contracts, where upstream's kernel-headers/ would have put them.
set(SKUA_ABI_HEADER "${PROJECT_SOURCE_DIR}/kernel-uapi/rdma/skua-abi.h")
publish_internal_headers(rdma kernel-uapi/rdma/skua-abi.h)
publish_internal_headers(. hwi/skua_hwi.h)
file(MAKE_DIRECTORY "${BUILD_INCLUDE}/kernel-abi")
execute_process(COMMAND ${PYTHON_EXECUTABLE} "${BUILDLIB}/make_abi_structs.py"
  "${SKUA_ABI_HEADER}" "${BUILD_INCLUDE}/kernel-abi/skua-abi.h"
  COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  "${SKUA_ABI_HEADER}")

# Holds from here on: include this file last, just before the provider.
include_directories("${BUILD_INCLUDE}" "${RDMA_CORE_BUILD}/include")
add_compile_options(-std=gnu11 -Wall -Wextra -Wshadow -Wmissing-prototypes
  -Wwrite-strings -Wno-sign-compare -Wno-unused-parameter)
string(APPEND CMAKE_SHARED_LINKER_FLAGS " -Wl,--as-needed -Wl,--no-undefined")
