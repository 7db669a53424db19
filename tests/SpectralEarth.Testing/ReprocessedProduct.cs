namespace SpectralEarth.Testing;

/// <summary>A product as another version of the processor would deliver it, with the same pixels.</summary>
public static class ReprocessedProduct
{
    /// <summary>Writes a copy of an EnMAP product under the name that ends in <paramref name="processing"/>.</summary>
    /// <param name="product">Folder of the product.</param>
    /// <param name="folder">Folder to write.</param>
    /// <param name="processing">Version and time of processing, for example V010502_20250101T000000Z.</param>
    public static void Write(string product, string folder, string processing)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(product))
        {
            var name = Path.GetFileName(file);
            var old = name[(name.IndexOf("_V0", StringComparison.Ordinal) + 1)..name.LastIndexOf('-')];
            var copy = Path.Combine(folder, name.Replace(old, processing, StringComparison.Ordinal));
            if (Path.GetExtension(file).Equals(".xml", StringComparison.OrdinalIgnoreCase))
                File.WriteAllText(copy, File.ReadAllText(file).Replace(old, processing, StringComparison.Ordinal));
            else
                File.Copy(file, copy);
        }
    }
}
