namespace SpectralEarth.Scenes.Products;

/// <summary>Finds the spectral images among the files of a folder.</summary>
internal static class ImageSearch
{
    private const string ImageKey = "SPECTRAL_IMAGE", QualityKey = "QL_";

    /// <summary>All images. Beside a file named SPECTRAL_IMAGE the other GeoTIFFs of its folder are passed over, and quality layers (QL_) always.</summary>
    public static IEnumerable<string> Among(IEnumerable<string> files) =>
        files.Where(SensorImage.IsTiff).GroupBy(Path.GetDirectoryName).SelectMany(images => Images([.. images]));

    private static IEnumerable<string> Images(string[] files)
    {
        var named = files.Where(file => Path.GetFileName(file).Contains(ImageKey, StringComparison.OrdinalIgnoreCase)).ToArray();
        return named.Length > 0 ? named : files.Where(file => !Path.GetFileName(file).Contains(QualityKey, StringComparison.OrdinalIgnoreCase));
    }
}
