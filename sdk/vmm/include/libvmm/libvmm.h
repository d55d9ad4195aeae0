/*
 * libvmm: what a virtual machine monitor for one Linux guest needs, on top of the Microkit API.
 * Includes every public header of the library.
 */
#pragma once

#include <libvmm/fault.h>
#include <libvmm/guest.h>
#include <libvmm/linux.h>
#include <libvmm/log.h>
#include <libvmm/vcpu.h>
#include <libvmm/virq.h>
