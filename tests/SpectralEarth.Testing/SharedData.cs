using NUnit.Framework;

namespace SpectralEarth.Testing;

/// <summary>Finds the folder <c>shared</c> beside the checkout: real scene, golden numbers, reference tables.</summary>
public static class SharedData
{
    /// <summary>Path of <paramref name="relative"/> inside shared/; skips the running test where it is absent.</summary>
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", relative);
            if (File.Exists(candidate) || Directory.Exists(candidate))
                return candidate;
        }

        Assert.Ignore($"Skipped: shared/{relative} is not beside this checkout.");
        return "";
    }

    /// <summary>Folder of the real EnMAP product of Potsdam.</summary>
    public static string PotsdamScene() => Directory.GetDirectories(Path("data/enmap-potsdam")).Single();

    /// <summary>Land-cover labels on the grid of <see cref="PotsdamScene"/>.</summary>
    public static string PotsdamLabels() => Path("data/enmap-potsdam/landcover-labels.tif");
}
