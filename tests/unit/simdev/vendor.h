/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated vendor at work, for tests: his files, his agents, his answers. */
#ifndef TESTS_UNIT_SIMDEV_VENDOR_H
#define TESTS_UNIT_SIMDEV_VENDOR_H

#include "base/rsa.h"
#include "host.h"

#define VENDOR_SIG     256
#define VENDOR_DA_CODE 0x1000 /* bytes of an agent without its signature */
#define VENDOR_DA_LEN  (VENDOR_DA_CODE + VENDOR_SIG)

struct vendor {
    struct rsa_key *root, *sla, *da_sla;
    uint8_t *auth, *cert;
    size_t auth_len, cert_len;
};

/* The vendors of seeds 0 and 1, between make_vendors and free_vendors: group fixtures. */
extern struct vendor ours, other;
int make_vendors(void **state);
int free_vendors(void **state);

/* Keys and files of the vendor of that seed. */
void vendor_make(struct vendor *v, uint64_t seed);
void vendor_free(struct vendor *v);
/* An XFlash stage 1 for a chip, of that version, signed as that chip wants it. */
void vendor_da(const struct vendor *v, const char *chip, unsigned version, uint8_t da[VENDOR_DA_LEN]);
/* A preloader with that rollback version, signed by key (NULL: by nobody), into boot1 behind its header. */
void vendor_put_preloader(struct mtksim *p, const struct rsa_key *key, uint32_t version);
/* The response to a challenge of BROM, by the SLA key. */
void vendor_answer(const struct rsa_key *sla, const uint8_t challenge[16], uint8_t answer[VENDOR_SIG]);

/* E0 or E2 with a file; the last status must be that ("70 15"). */
void vendor_send_file(struct mtksim *p, uint8_t op, const uint8_t *file, size_t len, const char *status);
/* E3 up to the challenge, and from the response on. */
void vendor_take_challenge(struct mtksim *p, uint8_t challenge[16]);
void vendor_send_answer(struct mtksim *p, const uint8_t answer[VENDOR_SIG], const char *status);
/* All of E3 with that key. */
void vendor_sla(struct mtksim *p, const struct rsa_key *key, const char *status);
/* D7 to an address with a signature length: S1 must be that; with "00 00" the bytes follow, and S2 must be s2. */
void vendor_send_da(struct mtksim *p, const uint8_t *da, size_t len, uint32_t sig_len, const char *s1,
                    const char *s2);
/* What follows an accepted S1: bytes, checksum, S2. */
void vendor_send_payload(struct mtksim *p, const uint8_t *da, size_t len, const char *s2);

#endif
