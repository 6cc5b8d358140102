/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the simulated vendor. A ROM's seed is its vendor: make-rom signs with these keys and writes their PEM
 * files; a phone that is filled from the ROM has the root key's hash blown (board_fuses.root_key_hash, taken from the
 * BL_SEC_KEY block of the ROM's preloader). A phone with security fuses that has seen no ROM belongs to the vendor of
 * its own seed (security_settle), so that `make-rom --seed N` makes what `run --seed N --security ...` accepts.
 *
 * What each key does:
 *     VENDOR_ROOT    its hash is fused; stands in BL_SEC_KEY of the preloader and in the auth file; signs preloader,
 *                    auth file, certificate, the stages of Download Agents (security_da_scheme) and images
 *     VENDOR_SLA     answers the boot ROM's challenge; its public half stands in the auth file (MTK_AUTH_KEY_SLA)
 *     VENDOR_DA_SLA  answers the agent's challenge; its public half stands in the agent's images (agent_image.h)
 * Keys from a seed protect nothing: they are there so that authentication can be exercised.
 */
#ifndef SIMDEV_FIRMWARE_VENDOR_KEYS_H
#define SIMDEV_FIRMWARE_VENDOR_KEYS_H

#include <stdint.h>

#include "base/rsa.h"

enum vendor_key { VENDOR_ROOT, VENDOR_SLA, VENDOR_DA_SLA };

/* The private key of that purpose. NULL: no memory. Free with rsa_key_free. Takes tens of milliseconds. */
struct rsa_key *vendor_key(uint64_t seed, enum vendor_key which);

#endif
