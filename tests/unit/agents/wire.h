/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host for tests of the agents: a phone in process, and conversations with it written as the specification writes
 * them. Every mismatch fails the running test.
 */
#ifndef TESTS_UNIT_AGENTS_WIRE_H
#define TESTS_UNIT_AGENTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/mtksim.h"

#define MIB UINT64_C(1048576)

struct wire {
    struct mtksim *phone;
    uint8_t *da1, *da2;      /* images followed by 0x100 bytes of signature */
    size_t da1_len, da2_len; /* without signature */
};

/* How a phone is made and its agents are built. Zeros give a BROM-started mt6765 with 64 MiB of user area. */
struct wire_setup {
    const char *chip;
    const char *fault;
    const char *security;
    const char *settings[6]; /* NULL-terminated */
    bool preloader;
    uint64_t user_size;
    unsigned year;              /* of the agents; 0: 2019 */
    uint32_t agent_hw_code;     /* built for; 0: the phone's */
    uint32_t load_address;      /* where DA1 is sent; 0: where it belongs */
    bool legacy;                /* agents are of the legacy kind, stage 2 linked for the chip's DRAM */
    const char *storage;        /* NULL: what such phones have */
    const uint8_t *sla_modulus; /* of the DA SLA key in the agents; NULL: none */
};

/* Makes a phone and the agents' images, brings it to the command loop of BROM or preloader. */
void wire_open(struct wire *w, const struct wire_setup *setup);
void wire_close(struct wire *w);
/* SEND_DA and JUMP_DA of w->da1. Ends before the agent's first byte. */
void wire_jump(struct wire *w, uint32_t address);
/* wire_open, wire_jump, and the start-up dialogue: DA1 is in its loop. */
void wire_da1(struct wire *w, const struct wire_setup *setup);
/* wire_da1, checksum level, DRAM (if started from BROM) and BOOT_TO: DA2 is in its loop. */
void wire_da2(struct wire *w, const struct wire_setup *setup, unsigned checksum_level, bool linux_host);

/*
 * Plays a conversation: lines "H> bytes" and "D> bytes" in hex. " | " separates transfers; ".." stands for a frame's
 * first 8 bytes. What the device sends must come in exactly these transfers; bytes of the host are sent so.
 */
void wire_play(struct wire *w, const char *text);
/* Sends one frame, header and payload apart. */
void wire_say(struct wire *w, const void *payload, size_t len);
void wire_say_u32(struct wire *w, uint32_t v);
/* Receives one frame whose payload must be this word. */
void wire_hear_u32(struct wire *w, uint32_t v);
/* Receives one frame of at most cap bytes, returns its length; *type (may be NULL) is the header's type. */
size_t wire_receive(struct wire *w, void *buf, size_t cap, uint32_t *type);
/* Nothing comes for 30 s. */
void wire_silent(struct wire *w);
/* The agent answers a harmless command: it is in its loop, and nothing was left in the pipe. */
void wire_alive(struct wire *w);
/* The agent takes nothing and answers nothing. */
void wire_dead(struct wire *w);

/* Commands: u32 command, status 0. */
void wire_command(struct wire *w, uint32_t code);
/* FlashOp of 56 bytes for eMMC. */
void wire_flashop(struct wire *w, uint32_t section, uint64_t address, uint64_t len);
void wire_flashop_on(struct wire *w, uint32_t storage, uint32_t section, uint64_t address, uint64_t len);
/* DEVICE_CTRL up to the status of the code. */
void wire_control(struct wire *w, uint32_t code, uint32_t status);
/* A GET control: returns the length of the reply. */
size_t wire_get(struct wire *w, uint32_t code, void *buf, size_t cap);
/* The three packets of a data block, with a right checksum. */
void wire_block(struct wire *w, const void *data, size_t len);
/* Loader-info block of n 160-byte records, the last of which fits an mt6765. *len is its length; the caller frees. */
uint8_t *wire_emi(unsigned version, unsigned n, size_t *len);
/* INIT_EXT_RAM up to the blob. */
void wire_init_dram(struct wire *w, const uint8_t *blob, size_t len);
/* BOOT_TO with that image up to the packet. */
void wire_boot_to(struct wire *w, uint64_t address, const uint8_t *image, size_t len);
/* Puts a GPT with one partition per name on the user area: 1 MiB each from 1 MiB on. */
void wire_gpt(struct wire *w, const char *const *names, size_t n);

#endif
