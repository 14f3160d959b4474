// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

namespace continuo {

/// An Error from an AVERROR code: \p what names the action and its object ("open /a/b.mp4").
Error errorFromAv(int averror, const QString &what);

} // namespace continuo
