// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QElapsedTimer>
#include <QTimer>

namespace continuo {

class Theme;

/// A command with its key shown beside its name. One button of a view is filled, the rest are
/// quiet. A command that cannot be undone is held (setHeld), not asked about.
class CommandButton final : public QAbstractButton {
    Q_OBJECT
public:
    enum class Look {
        Quiet,
        Accent, ///< filled: what the view is there for
        Air, ///< filled red: changes what is on air
    };

    CommandButton(const Theme &theme, Look look, QWidget *parent = nullptr);

    void setCommand(const QString &name, const QString &key = {});
    /// The command is given after the button was pressed for a second: triggered() comes then.
    void setHeld(bool isHeld);

    QSize sizeHint() const override;

Q_SIGNALS:
    void triggered(); ///< clicked, or held long enough

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    void onPressed();
    void onReleased();
    void onHoldTick();

    const Theme &m_theme;
    Look m_look;
    QString m_key;
    bool m_isHeld = false;
    QTimer m_holdTick;
    QElapsedTimer m_sincePressed;
    double m_held = 0; ///< 0 to 1
};

} // namespace continuo
