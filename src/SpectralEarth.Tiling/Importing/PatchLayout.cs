namespace SpectralEarth.Tiling.Importing;

/// <summary>Published ways of laying patches out in folders.</summary>
public enum PatchLayout
{
    /// <summary>SpectralEarth's pretraining data: <c>enmap/PATCH/SCENE.tif</c>; a patch folder is a location, its files are the dates.</summary>
    SpectralEarth,
    /// <summary>HySpecNet-11k: <c>patches/TILE/PATCH/PATCH-SPECTRAL_IMAGE.TIF</c> with EnMAP's quality layers beside.</summary>
    HySpecNet11k,
    /// <summary>SpectralEarth's downstream tasks: images and label rasters under the same names in two folders.</summary>
    Downstream,
}
