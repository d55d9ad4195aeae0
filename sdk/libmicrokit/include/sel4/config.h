/* What the kernel of this board and configuration is. */
#pragma once
#include <kernel/gen_config.h>
