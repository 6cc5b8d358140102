/* SPDX-License-Identifier: Apache-2.0 */
/* One table of timeouts: per operation a base and a part for each MiB moved, each with its reason beside it. */
#ifndef FLASHER_BOOT_TIMEOUTS_H
#define FLASHER_BOOT_TIMEOUTS_H

#include <stddef.h>
#include <stdint.h>

/* X(name, base in ms, per MiB in ms, reason) */
#define MTK_TIMEOUT_TABLE(X)                                                                   \
    X(SYNC_BYTE, 500, 0, "one byte of the start handshake; the field's tools use 500 ms")      \
    X(SYNC_RESEND, 50, 0, "the preloader swallows the first A0 and polls every 20 ms")         \
    X(SYNC_TOTAL, 5000, 0, "two windows of the preloader, 2.5 s each")                         \
    X(REPLY, 1000, 0, "echo or status of a BROM or preloader command")                         \
    X(SLA_REST, 20, 0, "second half of SLA's verdict where a boot ROM sends four bytes of it") \
    X(DA_DATA, 5000, 1000, "payload of SEND_DA at full speed; the signature check takes time") \
    X(DA_START, 5000, 0, "first byte of the agent: tens of ms to a second")                    \
    X(LG_UNASKED, 300, 0, "a legacy agent tells its flash ids right behind C0, XFlash waits")  \
    X(AGENT_SYNC, 10000, 0, "stage 1 initialises clocks and PMIC before its SYNC")             \
    X(AGENT_REPLY, 3000, 0, "status of a command or control code that touches no storage")     \
    X(DRAM_INIT, 30000, 0, "DRAM calibration: 0.1 to several seconds; a hang never answers")   \
    X(STAGE2_SYNC, 10000, 0, "stage 2 initialises storage, 0.1 to 2 s")                        \
    X(BLOCK, 30000, 1000, "one packet of a write or read, worst case of a slow eMMC")          \
    X(FINAL, 60000, 0, "final status of a write; sparse expansion has taken 40 s")             \
    X(ERASE_STEP, 60000, 0, "one progress frame of an erase")                                  \
    X(UPLOAD_NAME, 2000, 0, "an unknown name is answered by silence")                          \
    X(EARLY_STATUS, 5, 0,                                                                      \
      "an image larger than its partition is refused before its data, else nothing comes")     \
    X(DRAIN, 300, 0, "quiet time that ends draining after an unexpected status")               \
    X(REENUMERATE, 10000, 0, "phone leaves the bus and comes back")                            \
    X(LG_FIELD, 10000, 0, "one field of a legacy agent's dialogue; its own host waits 10 s")   \
    X(LG_ACK, 5000, 0, "a legacy agent's answer to the head of a write or about its USB port") \
    X(LG_PAUSE, 1000, 0, "silence that stage 1 was always given before a chip's extra words")  \
    X(LG_REPORT, 30000, 0, "first field of the hardware report: storage is initialised")       \
    X(LG_PREPROCESS, 20000, 0, "end of the report; stage 2 checks its security data")          \
    X(LG_SECURITY, 120000, 0, "first-time security processing, announced by A5")               \
    X(LG_REFUSAL, 500, 0, "status behind an A5; it is on its way already")                     \
    X(LG_PACKET_ACK, 60000, 1000, "ack of a write packet; the agent programs it first")        \
    X(LG_FORMAT_END, 15000, 0, "security post-processing after an erase")                      \
    X(LG_FORMAT_POST, 300000, 0, "the same when announced by A5")                              \
    X(LG_TABLE_ENTRY, 3000, 0, "one entry of a partition table that is written")

#define X(name, base, per_mib, why) MTK_T_##name,
enum mtk_timeout_op { MTK_TIMEOUT_TABLE(X) MTK_T_COUNT };
#undef X

struct mtk_timeouts {
    struct {
        uint32_t base_ms, per_mib_ms;
    } op[MTK_T_COUNT];
    uint32_t scale_percent; /* applied to all of them; 0 means 100 */
};

/* The defaults of the table. */
struct mtk_timeouts mtk_timeouts_default(void);
/* Timeout in ns of an operation that moves `bytes`; t may be NULL for the defaults. */
int64_t mtk_timeout_ns(const struct mtk_timeouts *t, enum mtk_timeout_op op, uint64_t bytes);
/* Name and reason of an operation, for documentation and error reports. */
const char *mtk_timeout_name(enum mtk_timeout_op op);
const char *mtk_timeout_reason(enum mtk_timeout_op op);

#endif
