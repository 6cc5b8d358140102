/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent generations share. */
#ifndef SIMDEV_FIRMWARE_AGENTS_AGENTS_H
#define SIMDEV_FIRMWARE_AGENTS_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/chips.h"

/* True if code built for hw_code runs on chip: the same chip, or one that DA files list under the same number. */
bool agent_fits_chip(const struct mtk_chip *chip, uint32_t hw_code);

#endif
