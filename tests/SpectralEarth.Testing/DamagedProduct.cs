namespace SpectralEarth.Testing;

/// <summary>Copies of a product whose damage shows only when pixels are read.</summary>
public static class DamagedProduct
{
    /// <summary>Writes a copy of an EnMAP product whose image is compressed; files keep their lengths and times.</summary>
    /// <param name="product">Folder of the product.</param>
    /// <param name="folder">Folder to write.</param>
    public static void Write(string product, string folder)
    {
        FolderContent.Copy(product, folder);
        var image = Directory.GetFiles(folder, "*SPECTRAL_IMAGE.TIF").Single();
        var time = File.GetLastWriteTimeUtc(image);
        using (var stream = File.OpenWrite(image))
        {
            stream.Position = 2 * stream.Length / 5;
            stream.Write(new byte[stream.Length / 5]);
        }

        File.SetLastWriteTimeUtc(image, time);
    }
}
