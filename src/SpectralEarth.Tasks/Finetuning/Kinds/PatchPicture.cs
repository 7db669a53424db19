using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Finetuning.Kinds;

/// <summary>Pictures of patches for people.</summary>
internal static class PatchPicture
{
    private const int WantedSide = 192;

    /// <summary>A patch in true colour.</summary>
    public static Picture Of(Dataset dataset, int index)
    {
        var (patch, side) = (dataset.Read(index), dataset.Manifest.PatchSize);
        return FalseColor.Render<short>(patch.Pixels, patch.Validity, side, dataset.Manifest.WavelengthsNm, ColorWavelengths.Natural)
            .Enlarged(Math.Max(1, WantedSide / side));
    }
}
