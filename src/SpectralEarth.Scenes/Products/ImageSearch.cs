namespace SpectralEarth.Scenes.Products;

/// <summary>Finds the spectral images among the GeoTIFFs of a folder.</summary>
internal static class ImageSearch
{
    private const string ImageKey = "SPECTRAL_IMAGE", QualityKey = "QL_";

    /// <summary>All images at any depth. Beside a file named SPECTRAL_IMAGE the others of its folder are passed over, and quality layers (QL_) always.</summary>
    public static IReadOnlyList<string> InFolder(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 32 })
            .Where(SensorImage.IsTiff).GroupBy(Path.GetDirectoryName).SelectMany(files => Images([.. files]))];

    private static IEnumerable<string> Images(string[] files)
    {
        var named = files.Where(file => Path.GetFileName(file).Contains(ImageKey, StringComparison.OrdinalIgnoreCase)).ToArray();
        return named.Length > 0 ? named : files.Where(file => !Path.GetFileName(file).Contains(QualityKey, StringComparison.OrdinalIgnoreCase));
    }
}
