// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace continuo {

class TestDestinationSettings final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fromTarget_takesWhatIsPasted_data();
    void fromTarget_takesWhatIsPasted();
    void fromTarget_refusesWithoutQuotingSecrets_data();
    void fromTarget_refusesWithoutQuotingSecrets();
};

} // namespace continuo
