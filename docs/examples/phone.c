/* SPDX-License-Identifier: Apache-2.0 */
/* A phone in ten lines: cc phone.c $(pkg-config --cflags --libs mtksim) && ./a.out */
#include <mtksim.h>
#include <stdio.h>

int main(void)
{
    struct mtksim *phone = mtksim_new(&(struct mtksim_config){.chip = "mt6765"}, NULL, 0);
    const unsigned char start[] = {0xA0, 0x0A, 0x50, 0x05};
    unsigned char answer = 0;
    mtksim_plug(phone);
    mtksim_attach(phone, 1000000000, NULL);
    for (int i = 0; i < 4; i++) {
        mtksim_write(phone, &start[i], 1, -1);
        mtksim_read(phone, &answer, 1, 500000000);
        printf("%02X -> %02X\n", start[i], answer);
    }
    mtksim_free(phone);
    return answer == 0xFA ? 0 : 1;
}
