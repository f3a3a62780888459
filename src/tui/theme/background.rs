//! Whether the terminal's background is light or dark.

/// The background of the terminal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Background {
    /// Darker than a middle grey.
    Dark,
    /// Lighter.
    Light,
}

impl Background {
    #[must_use]
    pub(crate) fn of_color([red, green, blue]: [u8; 3]) -> Self {
        // Rec. 709 weights without gamma correction: close enough for two classes.
        let lightness = 2_126 * u32::from(red) + 7_152 * u32::from(green) + 722 * u32::from(blue);
        if lightness > 10_000 * 127 { Self::Light } else { Self::Dark }
    }

    /// Reads COLORFGBG (`15;0`), which rxvt, Konsole and others set.
    pub(super) fn of_environment() -> Option<Self> {
        Self::of_pair(&std::env::var("COLORFGBG").ok()?)
    }

    fn of_pair(pair: &str) -> Option<Self> {
        match pair.rsplit(';').next()?.parse::<u8>().ok()? {
            7 | 9..=15 => Some(Self::Light),
            0..=8 => Some(Self::Dark),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backgrounds_are_light_or_dark() {
        for dark in [[0, 0, 0], [0, 43, 54], [46, 52, 64], [48, 10, 36]] {
            assert_eq!(Background::of_color(dark), Background::Dark, "{dark:?}");
        }
        for light in [[255, 255, 255], [253, 246, 227], [251, 241, 199]] {
            assert_eq!(Background::of_color(light), Background::Light, "{light:?}");
        }
        assert_eq!(Background::of_pair("0;15"), Some(Background::Light));
        assert_eq!(Background::of_pair("15;default;0"), Some(Background::Dark));
        assert_eq!((Background::of_pair("15;default"), Background::of_pair("")), (None, None));
    }
}
