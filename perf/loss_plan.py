# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Goodput against loss: what is compared, and at which losses."""

# Fractions of packets, either way.
LOSS = [0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]

# The name here, and how a person calls it.
SYSTEMS = {"skua-selective": "Skua, selective repeat",
           "skua-go-back-n": "Skua, go-back-N",
           "rxe": "Linux rxe"}
