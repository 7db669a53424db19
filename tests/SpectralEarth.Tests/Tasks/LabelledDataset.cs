using SpectralEarth.Randomness;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Tasks;

/// <summary>A labelled data set on disk: a field of three materials with their own spectra, cut into patches side by side.</summary>
internal static class LabelledDataset
{
    public const int Bands = 76, PatchSize = 16, Side = 5;

    public static readonly LabelClass[] Classes =
    [
        new(1, "meadow", "#66aa33"),
        new(4, "sand", "#ddcc88"),
        new(9, "water", "#3366cc"),
    ];

    /// <param name="folder">Folder to write.</param>
    /// <param name="labels">Changes the label code of a pixel, for example to 0.</param>
    /// <param name="bands">Bands of the data set.</param>
    /// <param name="classes">Classes; those above by default.</param>
    /// <param name="stride">Distance of neighbouring patches, pixels.</param>
    /// <param name="firstBand">Number of the first band.</param>
    /// <param name="shiftNm">Distance of the wavelengths from those of the checkpoints, nm.</param>
    /// <param name="targets">Numbers of a patch by its share of each material, for a regression.</param>
    /// <param name="complete">Whether pixels of code 0 have none of the classes.</param>
    /// <param name="change">Changes the digital number of a pixel in a channel (from 0).</param>
    /// <param name="aside">How many pixels below and to the right the ground of a label lies in the images.</param>
    public static string Write(string folder, Func<int, int>? labels = null, int bands = Bands, LabelClass[]? classes = null, int stride = PatchSize,
        Func<double[], PatchTarget[]>? targets = null, int firstBand = 1, double shiftNm = 0, bool complete = false,
        Func<int, short, short>? change = null, (int Rows, int Columns) aside = default)
    {
        classes ??= Classes;
        double[] wavelengthsNm = [.. Enumerable.Range(0, bands).Select(channel => 420 + (6.5 * channel) + shiftNm)];
        var manifest = TestDataset.Manifest(wavelengthsNm, PatchSize) with
        {
            Bands = [.. Enumerable.Range(firstBand, bands)],
            Stride = stride,
            Classes = classes,
            LabelsComplete = complete,
        };
        var places = ((Side * PatchSize) - PatchSize) / stride;
        var patches = from row in Enumerable.Range(0, places + 1)
                      from column in Enumerable.Range(0, places + 1)
                      let patch = Draw(row * stride, column * stride, bands, classes.Length > 0, labels ?? (code => code), change ?? ((_, number) => number), aside)
                      select targets is null ? patch : new Patch
                      {
                          Info = patch.Info with { Targets = targets(Shares(row * stride, column * stride)) },
                          Pixels = patch.Pixels,
                          Validity = patch.Validity,
                          Labels = patch.Labels,
                      };
        TestDataset.Write(folder, manifest, patches, patchesPerShard: 256);
        return folder;
    }

    private static Patch Draw(int top, int left, int bands, bool labelled, Func<int, int> labels, Func<int, short, short> change, (int Rows, int Columns) aside)
    {
        const int area = PatchSize * PatchSize;
        var (pixels, codes) = (new short[bands * area], new byte[area]);
        for (var pixel = 0; pixel < area; pixel++)
        {
            var (row, column) = (top + (pixel / PatchSize), left + (pixel % PatchSize));
            var material = Material(row, column);
            codes[pixel] = (byte)labels(Classes[Material(row + aside.Rows, column + aside.Columns)].Code);
            var random = new SeededRandom(5, "labelled-pixel", row, column);
            for (var channel = 0; channel < bands; channel++)
                pixels[(channel * area) + pixel] = change(channel, (short)(Reflectance(material, channel) + (60 * random.NextNormal())));
        }

        return new Patch { Info = Info(top, left, labelled && codes.Any(code => code != 0)), Pixels = pixels, Validity = [.. Enumerable.Repeat((byte)1, area)], Labels = labelled ? codes : null };
    }

    private static double[] Shares(int top, int left)
    {
        var shares = new double[Classes.Length];
        for (var pixel = 0; pixel < PatchSize * PatchSize; pixel++)
            shares[Material(top + (pixel / PatchSize), left + (pixel % PatchSize))] += 1.0 / (PatchSize * PatchSize);
        return shares;
    }

    private static int Material(int row, int column)
    {
        var height = Math.Sin(row / 9.0) + Math.Cos((column + (row / 3.0)) / 7.0);
        return height > 0.2 ? 0 : height > -0.8 ? 1 : 2;
    }

    private static double Reflectance(int material, int channel) => material switch
    {
        0 => channel < 45 ? 500 : 3500,
        1 => 1500 + (20 * channel),
        _ => 600 - (7 * channel),
    };

    /// <summary>The scene of the patches, in scenes.csv.</summary>
    public static SceneRecord Scene(int width) => new()
    {
        SceneId = "SYNTHETIC",
        Time = new DateTime(2024, 6, 1, 10, 0, 0, DateTimeKind.Utc),
        Epsg = 32633,
        Arrangement = "A",
        ProcessorVersion = "01.03.02",
        CorrectionType = "Land_Mode",
        Patches = Side * Side,
        Windows = Side * Side,
        SkippedNoData = 0,
        SkippedCloud = 0,
        SkippedOther = 0,
        WavelengthDistanceNm = 0,
        ShiftEastM = 0,
        ShiftNorthM = 0,
        Width = width,
        Height = Side * PatchSize,
        EmptyBands = [],
        WavelengthsNm = [420],
    };

    public static PatchInfo Info(int top, int left, bool labelled) =>
        TestDataset.Info(PatchSize, top, left) with { LabelledFraction = labelled ? 1 : 0 };
}
