/* What the debug kernel of board qemu_virt_aarch64 offers. */
#pragma once
#define CONFIG_ARCH_AARCH64 1
#define CONFIG_ARCH_ARM 1
#define CONFIG_WORD_SIZE 64
#define CONFIG_ARM_HYPERVISOR_SUPPORT 1
#define CONFIG_KERNEL_MCS 1
#define CONFIG_MAX_NUM_NODES 1
#define CONFIG_NUM_PRIORITIES 256
#define CONFIG_HAVE_FPU 1
#define CONFIG_DEBUG_BUILD 1
#define CONFIG_PRINTING 1
