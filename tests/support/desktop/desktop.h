// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPoint>
#include <QProcess>
#include <QStringList>

/// A screen of its own (Xvfb), a window manager (openbox), and a hand on mouse and keys (xdotool).
/// begin() comes before QGuiApplication: it sets the environment that programs show themselves by.
class Desktop final {
public:
    Desktop() = default;
    ~Desktop();

    /// Empty, or what is missing on this machine, in words.
    static QString missing();
    /// Starts screen and window manager. False, and error(), when that failed.
    bool begin();
    QString error() const { return m_error; }

    void move(const QPoint &to);
    void click(const QPoint &at, int button = 1);
    /// With \p key ("shift", "ctrl") held down meanwhile.
    void clickWith(const QString &key, const QPoint &at);
    /// Presses at \p from, moves in small steps, releases at \p to; as a hand would.
    void drag(const QPoint &from, const QPoint &to);
    /// As xdotool names them: "ctrl+Up", "Return". The window under the last click gets them.
    void key(const QString &keys);
    /// Whether keys go to a window of that process now.
    static bool isActive(qint64 process);
    /// The titles of the windows of that process that can be seen now, one a line.
    static QString titlesOf(qint64 process);
    /// The whole screen as it is.
    QImage picture() const;

    /// Where screenshots of this test run are kept; made by begin().
    QString folder() const { return m_folder; }

private:
    bool run(const QStringList &arguments);

    QProcess m_screen;
    QProcess m_manager;
    QString m_folder;
    QString m_error;
};
