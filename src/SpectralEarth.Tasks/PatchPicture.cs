using SpectralEarth.Reports;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks;

/// <summary>Pictures of patches in natural colours, a pixel for a pixel.</summary>
internal static class PatchPicture
{
    /// <summary>A patch, by default stretched to its own values.</summary>
    public static Picture Of(Patch patch, DatasetManifest data, ColorStretch? stretch = null) =>
        FalseColor.Render<short>(patch.Pixels, patch.Validity, data.PatchSize, data.WavelengthsNm, ColorWavelengths.Natural, stretch);

    /// <summary>How a patch's own values are stretched.</summary>
    public static ColorStretch Stretch(Patch patch, DatasetManifest data) =>
        FalseColor.Stretch<short>(patch.Pixels, patch.Validity, data.PatchSize, data.WavelengthsNm, ColorWavelengths.Natural);
}
