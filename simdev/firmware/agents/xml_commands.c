/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, and who knows them. da-xml.md section 4; locked agents section 7. */
#include <strings.h>

#include "simdev/firmware/agents/sla.h"
#include "simdev/firmware/agents/xml.h"

#define V1  (1u << 1)
#define V12 (1u << 1 | 1u << 2)
#define S1  1u
#define S2  2u
#define S12 3u

/* name, major versions, stages, further stages of newer builds, known while locked, only in, handler */
static const struct xm_command commands[] = {
    {"SET-RUNTIME-PARAMETER", V1, S1, 0, false, XM_ALWAYS, xm_set_runtime_parameter},
    {"HOST-SUPPORTED-COMMANDS", V1, S1, 0, false, XM_ALWAYS, xm_host_supported_commands},
    {"NOTIFY-INIT-HW", V1, S12, 0, true, XM_ALWAYS, xm_notify_init_hw},
    {"SET-HOST-INFO", V1, S12, 0, false, XM_ALWAYS, xm_set_host_info},
    {"BOOT-TO", V1, S1, 0, false, XM_ALWAYS, xm_boot_to},
    {"REBOOT", V1, S12, 0, false, XM_ALWAYS, xm_reboot},
    {"GET-HW-INFO", V1, S12, 0, false, XM_ALWAYS, xm_get_hw_info},
    {"RAM-TEST", V1, S1, 0, false, XM_ALWAYS, xm_ram_test},
    {"DEBUG:DRAM-REPAIR", V1, S1, 0, false, XM_ALWAYS, xm_dram_repair},
    {"GET-SYS-PROPERTY", V1, S2, S1, true, XM_ALWAYS, xm_get_sys_property},
    {"READ-PARTITION-TABLE", V1, S2, 0, false, XM_ALWAYS, xm_read_partition_table},
    {"READ-FLASH", V1, S2, 0, false, XM_ALWAYS, xm_read_flash},
    {"WRITE-FLASH", V1, S2, 0, false, XM_ALWAYS, xm_write_flash},
    {"ERASE-FLASH", V1, S2, 0, false, XM_ALWAYS, xm_erase_flash},
    {"READ-PARTITION", V1, S2, 0, false, XM_ALWAYS, xm_cmd_read_partition},
    {"WRITE-PARTITION", V1, S2, 0, false, XM_ALWAYS, xm_cmd_write_partition},
    {"WRITE-PARTITIONS", V1, S2, 0, false, XM_ALWAYS, xm_cmd_write_partitions},
    {"ERASE-PARTITION", V1, S2, 0, false, XM_ALWAYS, xm_cmd_erase_partition},
    {"FLASH-ALL", V12, S2, 0, false, XM_ALWAYS, xm_flash_all},
    {"FLASH-UPDATE", V12, S2, 0, false, XM_ALWAYS, xm_flash_update},
    {"SET-BOOT-MODE", V1, S2, 0, false, XM_ALWAYS, xm_set_boot_mode},
    {"EMMC-CONTROL", V1, S2, 0, false, XM_ALWAYS, xm_emmc_control},
    {"READ-EFUSE", V1, S2, 0, false, XM_ALWAYS, xm_read_efuse},
    {"WRITE-EFUSE", V1, S2, 0, false, XM_ALWAYS, xm_write_efuse},
    {"READ-REGISTER", V1, S2, 0, false, XM_ALWAYS, xm_read_register},
    {"WRITE-REGISTER", V1, S2, 0, false, XM_ALWAYS, xm_write_register},
    {"SET-RSC", V1, S2, 0, false, XM_ALWAYS, xm_set_rsc},
    {"WRITE-PRIVATE-CERT", V1, S2, 0, false, XM_ALWAYS, xm_write_private_cert},
    {"GET-DA-INFO", V1, S2, 0, false, XM_ALWAYS, xm_get_da_info},
    {"GET-DOWNLOADED-IMAGE-FEEDBACK", V1, S2, 0, false, XM_ALWAYS, xm_get_feedback},
    {"DEBUG:UFS", V1, S2, 0, false, XM_ALWAYS, xm_debug_ufs},
    {"CAN-HIGHER-USB-SPEED", V1, S12, 0, false, XM_VENDOR_USB, xm_can_higher_usb_speed},
    {"SWITCH-HIGHER-USB-SPEED", V1, S12, 0, false, XM_VENDOR_USB, xm_switch_higher_usb_speed},
    {"SECURITY-SET-ALLINONE-SIGNATURE", V1, S2, S1, true, XM_ALWAYS, xm_set_allinone_signature},
    {"SECURITY-GET-DEV-FW-INFO", V1, S2, S1, true, XM_SLA_BUILDS, xm_get_dev_fw_info},
    {"SECURITY-SET-FLASH-POLICY", V1, S2, S1, true, XM_SLA_BUILDS, xm_set_flash_policy},
};

static bool registered(const struct xm *x, const struct xm_command *c, unsigned major)
{
    unsigned stages = c->stages | (x->year >= XM_NEWER_YEAR ? c->newer : 0u);
    bool locked = x->stage == 2 && ag_sla_required(x->p) && !x->proven;
    if (!(stages & x->stage) || major > 31 || !(c->majors & 1u << major) || (locked && !c->when_locked))
        return false;
    switch (c->only) {
    case XM_SLA_BUILDS:
        return ag_sla_required(x->p);
    case XM_VENDOR_USB:
        return phone_settings(x->p)->xml_usb_speed;
    default:
        return true;
    }
}

const struct xm_command *xm_find_command(const struct xm *x, const char *name, unsigned major)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcasecmp(commands[i].name, name) == 0)
            return registered(x, &commands[i], major) ? &commands[i] : NULL;
    }
    return NULL;
}
