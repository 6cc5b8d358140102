/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DA SLA: before an agent of a security vendor does anything, the host has to prove a private key to it. The public half
 * stands in the agent's image (agent_image.h). da-xflash.md 7.6, da-xml.md 7.
 */
#ifndef SIMDEV_FIRMWARE_AGENTS_SLA_H
#define SIMDEV_FIRMWARE_AGENTS_SLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simdev/firmware/agent_image.h"
#include "simdev/firmware/phone.h"

#define AG_SLA_RND_LEN    16
#define AG_SLA_ANSWER_LEN 256

/*
 * Makes the key of a stage image the one that answers are checked with; NULL or an image without one: none. The image
 * must live as long as the agent. firmware_start_agent does it for stage 1; an agent does it again for its stage 2.
 */
void ag_sla_install(struct mtksim *p, const struct agent_descriptor *d);
/* Does this phone demand it? Fuse "dasla", or the setting da_sla. */
bool ag_sla_required(struct mtksim *p);
/* A new challenge: one random word four times, as real agents make it. The latest one counts. */
void ag_sla_challenge(struct mtksim *p, uint8_t rnd[AG_SLA_RND_LEN]);
/*
 * Is this the answer to rnd: OAEP around its 16 bytes under the private key? *decrypts says whether OAEP came off at
 * all, which tells a wrong key (false) from a stale challenge (true). With accept_any_credential anything is right.
 */
bool ag_sla_check(struct mtksim *p, const uint8_t rnd[AG_SLA_RND_LEN], const uint8_t *answer, size_t len,
                  bool *decrypts);

#endif
