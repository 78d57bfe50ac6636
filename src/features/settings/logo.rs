//! A logo: a picture of somebody's, read within limits, turned as it is meant to be seen, made small and written anew as PNG. Nothing of the file
//! that was sent is kept: no metadata, no second picture behind the first, no trailing bytes.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};

use super::model::Logo;

/// Largest file that is taken, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// Most pixels in either direction.
const MOST_PIXELS: u32 = 4_096;
/// Memory for reading one, in bytes: 4,096 by 4,096 points of four bytes.
const MEMORY: u64 = 64 * 1024 * 1024;
/// It is made to fit in there: twice what the pages show, for fine screens.
const WIDTH: u32 = 320;
const HEIGHT: u32 = 64;

/// Reads a PNG, JPEG or WebP and makes the logo of it. It computes for a moment: call it on a blocking thread.
///
/// # Errors
/// Why not, for whoever sent it.
pub fn remake(bytes: &[u8]) -> Result<Logo, String> {
    if bytes.len() > LARGEST {
        return Err(format!("The picture may be up to {} KiB large.", LARGEST / 1024));
    }
    let format = image::guess_format(bytes).ok();
    let Some(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) = format else {
        return Err("This is no PNG, JPEG or WebP picture.".into());
    };
    let picture = decoded(bytes, format).map_err(|error| match error {
        image::ImageError::Limits(_) => {
            format!("The picture may have up to {MOST_PIXELS} points in either direction.")
        }
        _ => "This picture is damaged, or of a kind that cannot be read.".to_owned(),
    })?;
    let picture = match picture.width() > WIDTH || picture.height() > HEIGHT {
        true => picture.resize(WIDTH, HEIGHT, FilterType::Lanczos3),
        false => picture,
    };
    let mut png = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(picture.into_rgba8());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|error| format!("The picture cannot be written: {error}"))?;
    Ok(Logo { png: png.into_inner(), width: picture.width(), height: picture.height() })
}

fn decoded(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let turned = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 90]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(image).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn each_format_becomes_a_small_png() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let logo = remake(&picture(640, 200, format)).unwrap();
            assert_eq!((logo.width, logo.height), (205, 64), "{format:?}");
            assert!(logo.png.starts_with(b"\x89PNG"));
        }
        let small = remake(&picture(30, 20, ImageFormat::Png)).unwrap();
        assert_eq!((small.width, small.height), (30, 20));
    }

    /// A JPEG whose EXIF says that it lies on its side, and where it was taken.
    #[test]
    fn metadata_is_gone_and_what_it_said_of_the_side_is_done() {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        exif.extend_from_slice(b"52.5163 N, 13.3777 E");
        let plain = picture(60, 20, ImageFormat::Jpeg);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let marked = [&plain[..2], b"\xff\xe1", &length, &exif, &plain[2..], b"<script>trailing</script>"].concat();
        let logo = remake(&marked).unwrap();
        assert_eq!((logo.width, logo.height), (20, 60));
        for gone in [&b"Exif"[..], b"52.5163", b"<script>"] {
            assert!(!logo.png.windows(gone.len()).any(|part| part == gone));
        }
    }

    #[test]
    fn what_is_no_picture_or_too_much_of_one_is_refused() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        assert!(remake(svg).unwrap_err().contains("no PNG"));
        assert!(remake(b"").is_err() && remake(b"GIF89a").unwrap_err().contains("no PNG"));
        let whole = picture(64, 64, ImageFormat::Png);
        assert!(remake(&whole[..whole.len() / 2]).unwrap_err().contains("damaged"));
        assert!(remake(&vec![0; LARGEST + 1]).unwrap_err().contains("KiB"));
        // A head that promises more points than anybody has memory for.
        let mut bomb = whole;
        bomb[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert!(remake(&bomb).is_err());
        assert!(remake(&picture(5_000, 2, ImageFormat::Png)).unwrap_err().contains("4096 points"));
    }
}
